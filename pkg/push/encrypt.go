package push

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

const (
	// recordSize is the size of the only record of a message. Push services take
	// bodies of at least 4,096 bytes.
	recordSize = 4096
	// padded is the length to which shorter texts are padded, so that the length of a
	// message says nothing of its text.
	padded     = 2048
	saltSize   = 16
	authSize   = 16 // of the secret of a browser
	pointSize  = 65 // of a public key: an uncompressed point
	headerSize = saltSize + 4 + 1 + pointSize
	tagSize    = 16
	lastRecord = 2 // the delimiter before the padding of the last record
	// maxPlain is the most bytes of a text.
	maxPlain = recordSize - headerSize - tagSize - 1
)

// encrypt returns the body of a message for a browser, by RFC 8291 and RFC 8188
// with the content encoding aes128gcm.
func encrypt(text []byte, to receiver) ([]byte, error) {
	ours, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, saltSize)
	rand.Read(salt) //nolint:errcheck // it never returns an error
	length := max(len(text), min(padded, maxPlain))
	return encryptWith(text, to, ours, salt, length-len(text))
}

// encryptWith is encrypt with a key of ours, a salt and a length of padding.
func encryptWith(text []byte, to receiver, ours *ecdh.PrivateKey, salt []byte, padding int) ([]byte, error) {
	if len(text)+padding > maxPlain {
		return nil, fmt.Errorf("a text of %d bytes is too long for a push message", len(text))
	}
	key, nonce, err := contentKey(to, ours, salt)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	sealer, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	header := make([]byte, 0, recordSize)
	header = append(header, salt...)
	header = binary.BigEndian.AppendUint32(header, recordSize)
	header = append(header, pointSize)
	header = append(header, ours.PublicKey().Bytes()...)
	record := append(append([]byte{}, text...), lastRecord)
	record = append(record, make([]byte, padding)...)
	return sealer.Seal(header, nonce, record, nil), nil
}

// contentKey returns the key and the nonce of a message.
func contentKey(to receiver, ours *ecdh.PrivateKey, salt []byte) (key, nonce []byte, err error) {
	shared, err := ours.ECDH(to.key)
	if err != nil {
		return nil, nil, err
	}
	info := "WebPush: info\x00" + string(to.key.Bytes()) + string(ours.PublicKey().Bytes())
	input, err := hkdf.Key(sha256.New, shared, to.auth, info, sha256.Size)
	if err != nil {
		return nil, nil, err
	}
	if key, err = hkdf.Key(sha256.New, input, salt, "Content-Encoding: aes128gcm\x00", 16); err != nil {
		return nil, nil, err
	}
	nonce, err = hkdf.Key(sha256.New, input, salt, "Content-Encoding: nonce\x00", 12)
	return key, nonce, err
}
