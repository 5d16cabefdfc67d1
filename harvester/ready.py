"""What each worker would else make for itself before its first group: made once, where all of them are forked from."""

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

from harvester.facts.version import parser_version
from harvester.outputs.layouts import styles
from harvester.outputs.pages import compile_handin

compile_handin()
get_mapping_from_secret_type_to_class()
parser_version()
styles()
