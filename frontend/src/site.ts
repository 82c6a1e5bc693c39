/** The path that all addresses of the site begin with: empty, or such as /outcry. */
export const base = document.body.dataset.base ?? ''

/** The address of the API. */
export const api = base + '/api/v1'
