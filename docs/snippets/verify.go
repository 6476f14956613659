// Verify a webhook from Darkroom. Go 1.18 or later; nothing to install.
// As a command: go run verify.go KEY < request   (header lines, an empty line, the body)

package main

import (
	"bufio"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"time"
)

// Verify fails unless these very bytes were signed for this key, within five minutes.
func Verify(header http.Header, body []byte, key string) error {
	id, sent := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(sent, 10, 64)
	if id == "" || err != nil {
		return errors.New("a header is missing or malformed")
	}
	if age := time.Now().Unix() - seconds; age > 300 || age < -300 {
		return errors.New("too old, or too new")
	}
	kind, encoded, _ := strings.Cut(key, "_")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) < 24 {
		return errors.New("the key is malformed")
	}
	content := append([]byte(id+"."+sent+"."), body...)
	for _, signature := range strings.Split(header.Get("webhook-signature"), " ") {
		if fits(signature, content, kind, raw) {
			return nil
		}
	}
	return errors.New("no signature fits")
}

func fits(signature string, content []byte, kind string, raw []byte) bool {
	version, encoded, _ := strings.Cut(signature, ",")
	given, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return false
	}
	if kind == "whsec" && version == "v1" {
		mac := hmac.New(sha256.New, raw)
		mac.Write(content)
		return hmac.Equal(given, mac.Sum(nil))
	}
	if kind == "whpk" && version == "v1a" && len(raw) == ed25519.PublicKeySize {
		return ed25519.Verify(raw, content, given)
	}
	return false
}

func main() {
	request := bufio.NewReader(os.Stdin)
	header, _ := textproto.NewReader(request).ReadMIMEHeader()
	body, _ := io.ReadAll(request)
	if err := Verify(http.Header(header), body, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
	fmt.Println("verified")
}
