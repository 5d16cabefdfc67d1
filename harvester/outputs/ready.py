"""What each worker would else make for itself before its first page: made once, where all of them are forked from."""

from harvester.outputs.layouts import styles
from harvester.outputs.pages import compile_handin

compile_handin()
styles()
