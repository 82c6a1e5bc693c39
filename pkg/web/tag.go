package web

import (
	"crypto/sha256"
	"encoding/hex"
)

// weakTag is the validator of body. It is weak, because the compressed answer has
// the same.
func weakTag(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + hex.EncodeToString(sum[:10]) + `"`
}
