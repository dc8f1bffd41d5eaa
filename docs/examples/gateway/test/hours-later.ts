// Loaded before a process: for it, two hours have passed.
const now = Date.now
Date.now = () => now() + 7_200_000
