"""The house over HTTP, for services that report and ask, for providers that report back, and for the people written to.

    /v1/moments   /v1/profiles   /v1/consents     services, with an API key       `guard`: who, how fast, how much, once
    /v1/messages  /v1/preview
    /v1/receipts/{adapter}                         providers, by their signature
    /p/{token}    /u/{token}     /c/{token}        people, by a signed link        `pages`: plain HTML, no script
    /l/{link}                                      people, to where a message leads
    /healthz      /readyz        /metrics          whoever runs it

`service.create` puts them together. What is refused is told as RFC 9457 has it (`problems`), each fault at its place.
"""
