"""The shipped suites, for a repository of one's own: `from harness.suites.test_gain import *`.

Their files lie in `suites/` of a checkout, or beside the other shipped files of an installed package.
"""

from harness.schema.paths import SUITES

__path__ = [str(SUITES)]
