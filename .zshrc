source /tmp/views/tests/cli/complete.zsh --inside completions
