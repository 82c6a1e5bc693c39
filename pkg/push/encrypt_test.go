package push

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/outcry/outcry/pkg/outbound"
)

// mustDecode returns the bytes of base64url.
func mustDecode(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestEncryptGivesTheExampleOfRFC8291 uses the values of its appendix A.
func TestEncryptGivesTheExampleOfRFC8291(t *testing.T) {
	const want = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_" +
		"yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	ours, err := ecdh.P256().NewPrivateKey(mustDecode(t, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
	if err != nil {
		t.Fatal(err)
	}
	to, err := Browser{Endpoint: "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV", Keys: Keys{
		P256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", Auth: "BTBZMqHH6r4Tts7J_aSIgg",
	}}.read(outbound.NewGuard(nil))
	if err != nil {
		t.Fatal(err)
	}
	got, err := encryptWith([]byte("When I grow up, I want to be a watermelon"), to, ours, mustDecode(t, "DGv6ra1nlYgDCS1FRnbzlw"), 0)
	if err != nil || base64url.EncodeToString(got) != want {
		t.Errorf("encryptWith = %s, %v; want %s", base64url.EncodeToString(got), err, want)
	}
}

// testBrowser is a browser of the test: it decrypts what is sent to it. It shares no
// code with what encrypts.
type testBrowser struct {
	key  *ecdh.PrivateKey
	auth []byte
}

// newBrowser returns a browser whose keys are made of a seed.
func newBrowser(t *testing.T, seed byte) testBrowser {
	t.Helper()
	raw := make([]byte, 32)
	raw[31] = seed
	key, err := ecdh.P256().NewPrivateKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	return testBrowser{key, append(make([]byte, 15), seed)}
}

// subscription returns what the browser gives to the page.
func (b testBrowser) subscription(endpoint string) Browser {
	return Browser{Endpoint: endpoint, Keys: Keys{P256dh: base64url.EncodeToString(b.key.PublicKey().Bytes()), Auth: base64url.EncodeToString(b.auth)}}
}

// decrypt returns the text of a body, as RFC 8291 and RFC 8188 describe it.
func (b testBrowser) decrypt(body []byte) ([]byte, error) {
	if len(body) < 21 {
		return nil, errors.New("the header is cut off")
	}
	salt, size, length := body[:16], binary.BigEndian.Uint32(body[16:20]), int(body[20])
	if len(body) < 21+length || uint32(len(body)) > size || len(body) > 4096 {
		return nil, errors.New("the header is wrong, or there is more than one record")
	}
	sender, record := body[21:21+length], body[21+length:]
	public, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		return nil, err
	}
	shared, err := b.key.ECDH(public)
	if err != nil {
		return nil, err
	}
	prk, err := hkdf.Extract(sha256.New, shared, b.auth)
	if err != nil {
		return nil, err
	}
	info := append(append([]byte("WebPush: info\x00"), b.key.PublicKey().Bytes()...), sender...)
	ikm, err := hkdf.Expand(sha256.New, prk, string(info), 32)
	if err != nil {
		return nil, err
	}
	if prk, err = hkdf.Extract(sha256.New, ikm, salt); err != nil {
		return nil, err
	}
	key, err := hkdf.Expand(sha256.New, prk, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Expand(sha256.New, prk, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	opener, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := opener.Open(nil, nonce, record, nil)
	if err != nil {
		return nil, err
	}
	end := len(plain) - 1
	for end >= 0 && plain[end] == 0 {
		end--
	}
	if end < 0 || plain[end] != 2 {
		return nil, errors.New("the last record has no delimiter")
	}
	return plain[:end], nil
}
