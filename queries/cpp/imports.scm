; What C++ sources take from elsewhere.
(preproc_include path: (_) @module)
