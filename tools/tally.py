#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Count single cases in the log of `meson test`, say why any failed or was skipped, and judge.

A program that speaks TAP counts once for each of its cases, any other one as a single case. What
meson forgives is a failure here: a "Bail out!", a plan that was not kept, and a run without tests.
"""

import itertools
import json
import re
import sys

CASE = re.compile(r'(not )?ok\b\s*(?:\d+)?\s*(?:- )?(.*?)(?:\s+#\s*SKIP\b\S*\s*(.*))?$', re.I)
PLAN = re.compile(r'1\.\.(\d+)(?:\s*#\s*SKIP\b\S*\s*(.*))?$', re.I)
NO_REASON = 'no reason given'


def comments(lines):
  """Yield the comments that these lines begin with: why the case above them has failed."""
  for line in itertools.takewhile(lambda line: line.startswith('#'), lines):
    yield line.lstrip('#').strip()


def cases_of_tap(program, lines):
  """Yield (verdict, case, reason) for each case that a TAP program reported."""
  planned = None
  seen = 0
  for number, line in enumerate(lines, 1):
    plan = PLAN.match(line)
    if plan:
      planned = int(plan.group(1))
      if planned == 0:
        yield 'skipped', program, plan.group(2) or NO_REASON
      continue
    if line.startswith('Bail out!'):
      yield 'failed', program, line
      return
    case = CASE.match(line)
    if not case:
      continue
    seen += 1
    name = f'{program}: {case.group(2)}'
    if case.group(1):
      yield 'failed', name, ' '.join(comments(lines[number:]))
    elif case.group(3) is not None:
      yield 'skipped', name, case.group(3) or NO_REASON
    else:
      yield 'passed', name, ''
  if planned != seen:
    yield 'failed', program, f'planned {planned} cases, reported {seen}'


def cases_of(test):
  """Yield (verdict, case, reason) for one line of meson's log."""
  program = test['name'].split(' / ', 1)[-1]
  lines = test['stdout'].splitlines()
  result = test['result']
  if any(PLAN.match(line) or CASE.match(line) or line.startswith('Bail out!') for line in lines):
    cases = list(cases_of_tap(program, lines))
    yield from cases
    if result not in ('OK', 'SKIP') and not any(verdict == 'failed' for verdict, _, _ in cases):
      yield 'failed', program, f'{result.lower()}, status {test["returncode"]}'
  elif result == 'SKIP':
    said = [line for line in lines + test.get('stderr', '').splitlines() if line.strip()]
    yield 'skipped', program, said[-1] if said else NO_REASON
  elif result in ('OK', 'EXPECTEDFAIL'):
    yield 'passed', program, ''
  else:
    yield 'failed', program, f'{result.lower()}, status {test["returncode"]}'


def main():
  count = {'passed': 0, 'failed': 0, 'skipped': 0}
  told = []
  with open(sys.argv[1], encoding='utf-8') as log:
    for line in log:
      for verdict, case, reason in cases_of(json.loads(line)):
        count[verdict] += 1
        if verdict != 'passed':
          told.append(f'{verdict}: {case}' + (f' ({reason})' if reason else ''))
  print('\n'.join(sorted(told, reverse=True)))
  print(', '.join(f'{number} {verdict}' for verdict, number in count.items()))
  sys.exit(1 if count['failed'] or not count['passed'] else 0)


main()
