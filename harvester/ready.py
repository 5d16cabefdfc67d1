"""What each worker would else make for itself before its first group: made once, where all of them are forked from."""

import gc
from importlib import import_module

from harvester.engine import SHARED

gc.disable()  # all of it stays: whoever looks for garbage finds none
for name in SHARED:
    import_module(name)

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class  # noqa: E402

from harvester.facts.version import parser_version  # noqa: E402
from harvester.outputs.layouts import styles  # noqa: E402
from harvester.outputs.pages import compile_handin  # noqa: E402
from harvester.snapshot.cat import one_for_both  # noqa: E402

compile_handin()
get_mapping_from_secret_type_to_class()
one_for_both()
parser_version()
styles()
gc.freeze()
gc.enable()
