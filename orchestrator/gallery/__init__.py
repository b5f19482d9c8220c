"""A gallery of all messages, to look through before anybody gets one, and to compare with another.

    scenes ──compose──► drafts ──► cards (with findings) ──► pages and manifest.json
                                                              two manifests ──► changes

A gallery is a folder of plain pages: no script, nothing from elsewhere.
"""
