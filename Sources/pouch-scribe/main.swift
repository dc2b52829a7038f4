Scribe.main()
