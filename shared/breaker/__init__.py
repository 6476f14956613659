"""The breaker: a brake that is pulled by itself when uploads come in a loop, in floods, or in vain.

Only what is odd costs requests. An upload that bears a sign of a loop is written down before its
call, and then all signs are read: so of many workers one sees the last that is allowed.
"""
