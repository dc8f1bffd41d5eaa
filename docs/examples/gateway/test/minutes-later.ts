// Loaded before a process: for it, ten minutes have passed.
const now = Date.now
Date.now = () => now() + 600_000
