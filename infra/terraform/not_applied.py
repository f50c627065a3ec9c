"""Resource types that the emulator cannot make through the real provider, with the reason that was seen.

They are left out of the local apply and listed in the report. Elsewhere they are validated and planned like all others.
"""

from infra.local.not_emulated import NOT_EMULATED

NOT_APPLIED: dict[str, str] = {**NOT_EMULATED}
