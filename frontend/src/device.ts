const name = 'outcry-device' // in the storage of the tab

let fallback: string | undefined

/**
 * Returns what tells this tab apart from others at its address: a random number that
 * the storage of the tab keeps until it is closed. Without storage there is none.
 */
export function stored(): string | undefined {
  try {
    const device = sessionStorage.getItem(name) ?? random()
    sessionStorage.setItem(name, device)
    return device
  } catch {
    return undefined // the browser, or the sandbox of a frame, allows no storage
  }
}

/** Returns what stored does, or without storage a random number for as long as the page is open. */
export function device(): string {
  return stored() ?? (fallback ??= random())
}

/** Sends a value with a form, in a hidden field. */
export function carry(form: HTMLFormElement, field: string, value: string): void {
  let input = form.querySelector<HTMLInputElement>(`input[name="${field}"]`)
  if (!input) {
    input = document.createElement('input')
    input.type = 'hidden'
    input.name = field
    form.append(input)
  }
  input.value = value
}

function random(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
