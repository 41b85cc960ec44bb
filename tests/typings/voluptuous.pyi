# What Home Assistant installs under this name at run time.
from probatio import *
