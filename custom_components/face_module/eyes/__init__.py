"""Cameras whose pictures a module looks at: any of them an eye."""
