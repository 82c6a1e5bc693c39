package site

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// NoStore is the Cache-Control of an answer to one visitor.
const NoStore = "no-store"

// Tag returns the entity tag of body. It is weak, because the compressed answer
// has the same.
func Tag(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + hex.EncodeToString(sum[:10]) + `"`
}

// TagMatches reports whether an If-None-Match header names tag. It compares
// weakly.
func TagMatches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
