package redisstore

// countryNumber returns the number of a code of two capital letters: below 676.
func countryNumber(code string) uint16 { return uint16(code[0]-'A')*26 + uint16(code[1]-'A') }

// countryCodes are all codes by their numbers.
var countryCodes = func() (codes [26 * 26]string) {
	for n := range codes {
		codes[n] = string([]byte{'A' + byte(n/26), 'A' + byte(n%26)})
	}
	return codes
}()

// countryCode returns the code with a number, or "" if there is none.
func countryCode(n uint16) string {
	if int(n) < len(countryCodes) {
		return countryCodes[n]
	}
	return ""
}
