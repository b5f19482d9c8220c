"""The translator's tools: what there is to translate, catalogs that follow the templates, and how far they have come.

    templates ──extraction──► messages.pot ──merging──► each catalog        nobody's work is lost
                 ▲    ▲                                  └──► completeness
              notes  contexts: every string as readers see it
    strings ──pseudo──► a catalog to look at before anybody has translated a word

Pure: bytes and texts come in, texts go out. Everything is a plain PO file, as Weblate, Crowdin and Poedit have it.
"""
