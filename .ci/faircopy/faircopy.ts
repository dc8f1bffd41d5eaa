#!/usr/bin/env -S node --conditions=@faircopy/source
// The command of a checkout: a linked program and no script, so that what is printed and its exit code are its own.
import '../../packages/cli/src/cli.ts'
