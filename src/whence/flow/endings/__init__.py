"""Where values end: dangerous calls, turned into facts."""
