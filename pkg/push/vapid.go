package push

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/outcry/outcry/pkg/seal"
)

// tokenTime is how long a token is valid. RFC 8292 allows a day.
const tokenTime = 12 * time.Hour

// base64url is the encoding of keys and tokens.
var base64url = base64.RawURLEncoding

// Identity is the key by which push services know an installation, as RFC 8292
// (VAPID) has it. Browsers tie a subscription to its public key.
type Identity struct {
	private *ecdsa.PrivateKey
	public  string
	contact string
}

// NewIdentity returns the identity of the installation with a key. The contact is a
// URL of the installation that begins with https://, or empty.
func NewIdentity(key *seal.Key, contact string) (*Identity, error) {
	const tries = 4 // one in 2³² keys is not one of the curve
	var err error
	for i := range tries {
		var private *ecdsa.PrivateKey
		if private, err = ecdsa.ParseRawPrivateKey(elliptic.P256(), key.Derive(fmt.Sprintf("web push %d", i))); err != nil {
			continue
		}
		var public []byte
		if public, err = private.PublicKey.Bytes(); err != nil {
			continue
		}
		return &Identity{private: private, public: base64url.EncodeToString(public), contact: contact}, nil
	}
	return nil, fmt.Errorf("make the key for push services: %w", err)
}

// PublicKey returns the public key as browsers take it.
func (i *Identity) PublicKey() string { return i.public }

// authorization returns the Authorization header of a message to an endpoint.
func (i *Identity) authorization(endpoint *url.URL, now time.Time) (string, error) {
	claims := struct {
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
		Contact  string `json:"sub,omitempty"`
	}{endpoint.Scheme + "://" + endpoint.Host, now.Add(tokenTime).Unix(), i.contact}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	token := base64url.EncodeToString([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + base64url.EncodeToString(body)
	sum := sha256.Sum256([]byte(token))
	r, s, err := ecdsa.Sign(rand.Reader, i.private, sum[:])
	if err != nil {
		return "", err
	}
	const half = 32 // bytes of each number of a signature
	signature := make([]byte, 2*half)
	r.FillBytes(signature[:half])
	s.FillBytes(signature[half:])
	return "vapid t=" + token + "." + base64url.EncodeToString(signature) + ", k=" + i.public, nil
}
