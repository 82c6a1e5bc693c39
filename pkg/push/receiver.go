package push

import (
	"crypto/ecdh"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/outbound"
)

const (
	maxEndpoint = 1024 // bytes
	maxKey      = 200  // bytes of an encoded key
)

// Browser is the subscription of a browser, in the form of its JSON.
type Browser struct {
	Endpoint string `json:"endpoint"`
	Keys     Keys   `json:"keys"`
}

// Keys are what messages to a browser are encrypted with, in base64url.
type Keys struct {
	P256dh string `json:"p256dh"`
	Auth   string `json:"auth"`
}

// receiver is a Browser that was read.
type receiver struct {
	endpoint *url.URL
	key      *ecdh.PublicKey
	auth     []byte
}

// read returns the receiver of b. The error is of kind fault.Invalid and names the
// field.
func (b Browser) read(g outbound.Guard) (r receiver, err error) {
	if r.endpoint, err = readEndpoint(b.Endpoint, g); err != nil {
		return r, err
	}
	point, err := readKey("subscription.keys.p256dh", b.Keys.P256dh)
	if err != nil {
		return r, err
	}
	if r.key, err = ecdh.P256().NewPublicKey(point); err != nil {
		return r, fault.Field("subscription.keys.p256dh", "is not a public key of the curve P-256")
	}
	if r.auth, err = readKey("subscription.keys.auth", b.Keys.Auth); err != nil {
		return r, err
	}
	if len(r.auth) != authSize {
		return r, fault.Field("subscription.keys.auth", "must have %d bytes", authSize)
	}
	return r, nil
}

// readEndpoint returns the URL of an endpoint that may be posted to.
func readEndpoint(text string, g outbound.Guard) (*url.URL, error) {
	const field = "subscription.endpoint"
	u, err := url.Parse(text)
	switch {
	case text == "":
		return nil, fault.Field(field, "is missing; it is in the JSON of the browser's subscription")
	case len(text) > maxEndpoint:
		return nil, fault.Field(field, "must have at most %d bytes", maxEndpoint)
	case err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "":
		return nil, fault.Field(field, "is not the URL of a push service")
	case u.Scheme != "https":
		return nil, fault.Field(field, "must begin with https://")
	}
	port := uint64(443)
	if u.Port() != "" {
		if port, err = strconv.ParseUint(u.Port(), 10, 16); err != nil {
			return nil, fault.Field(field, "has no usable port")
		}
	}
	if err := g.CheckHost(u.Hostname(), uint16(port), false); err != nil {
		return nil, fault.Field(field, "cannot be posted to: %v", err)
	}
	return u, nil
}

// readKey returns the bytes of a key. Some browsers pad base64, some do not.
func readKey(field, text string) ([]byte, error) {
	if text == "" || len(text) > maxKey {
		return nil, fault.Field(field, "must have from 1 to %d characters", maxKey)
	}
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, fault.Field(field, "is not base64url")
	}
	return b, nil
}

// openReceiver returns the receiver of a stored subscription.
func openReceiver(address string, g outbound.Guard) (receiver, error) {
	var b Browser
	if err := json.Unmarshal([]byte(address), &b); err != nil {
		return receiver{}, err
	}
	return b.read(g)
}
