Object.defineProperty(process, 'versions', { value: { ...process.versions, napi: '9' } })
