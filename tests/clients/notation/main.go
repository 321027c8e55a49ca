// Command notation-check signs and verifies artifacts of a registry with the Notary Project's own library.
//
// The project's command line is not published as a Go module, its library is; this program is the few lines between.
//
//	notation-check key DIR                    makes a key and a self-signed certificate: DIR/key.pem, DIR/cert.pem
//	notation-check sign jws|cose DIR REF      signs what REF names and pushes the signature
//	notation-check list REF                   prints the digest of each signature of REF
//	notation-check verify DIR REF             verifies the signatures of REF against DIR/cert.pem
//
// REF is HOST:PORT/NAME@DIGEST; the registry is spoken to over plain HTTP.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/notaryproject/notation-core-go/signature/cose"
	"github.com/notaryproject/notation-core-go/signature/jws"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/registry"
	"github.com/notaryproject/notation-go/signer"
	"github.com/notaryproject/notation-go/verifier"
	"github.com/notaryproject/notation-go/verifier/trustpolicy"
	"github.com/notaryproject/notation-go/verifier/truststore"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/registry/remote"
)

// More signatures than any test makes.
const maxSignatures = 50

var envelopes = map[string]string{"jws": jws.MediaTypeEnvelope, "cose": cose.MediaTypeEnvelope}

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "notation-check:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 2 && args[0] == "key":
		return makeKey(args[1])
	case len(args) == 4 && args[0] == "sign":
		return sign(ctx, args[1], args[2], args[3])
	case len(args) == 2 && args[0] == "list":
		return list(ctx, args[1])
	case len(args) == 3 && args[0] == "verify":
		return verify(ctx, args[1], args[2])
	}
	return fmt.Errorf("usage: notation-check key DIR | sign jws|cose DIR REF | list REF | verify DIR REF")
}

func makeKey(dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{Organization: []string{"Test"}, Country: []string{"US"}, Province: []string{"WA"}, CommonName: "test"},
		NotBefore:    now.Add(-time.Minute),
		NotAfter:     now.AddDate(0, 0, 1),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(dir, "cert.pem"), "CERTIFICATE", certificate); err != nil {
		return err
	}
	return writePEM(filepath.Join(dir, "key.pem"), "PRIVATE KEY", private)
}

func writePEM(path, kind string, data []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600)
}

func repository(reference string) (registry.Repository, error) {
	target, err := remote.NewRepository(reference)
	if err != nil {
		return nil, err
	}
	target.PlainHTTP = true
	return registry.NewRepository(target), nil
}

func sign(ctx context.Context, envelope, dir, reference string) error {
	mediaType, known := envelopes[envelope]
	if !known {
		return fmt.Errorf("unknown envelope %q, wanted jws or cose", envelope)
	}
	repo, err := repository(reference)
	if err != nil {
		return err
	}
	by, err := signer.NewGenericSignerFromFiles(filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem"))
	if err != nil {
		return err
	}
	target, err := notation.Sign(ctx, by, repo, notation.SignOptions{
		SignerSignOptions: notation.SignerSignOptions{SignatureMediaType: mediaType},
		ArtifactReference: reference,
	})
	if err != nil {
		return err
	}
	fmt.Println("signed", target.Digest)
	return nil
}

func list(ctx context.Context, reference string) error {
	repo, err := repository(reference)
	if err != nil {
		return err
	}
	target, err := repo.Resolve(ctx, reference)
	if err != nil {
		return err
	}
	return repo.ListSignatures(ctx, target, func(signatures []ocispec.Descriptor) error {
		for _, one := range signatures {
			fmt.Println(one.Digest)
		}
		return nil
	})
}

// oneCertificate is a trust store that holds a single certificate.
type oneCertificate struct{ certificate *x509.Certificate }

func (s oneCertificate) GetCertificates(context.Context, truststore.Type, string) ([]*x509.Certificate, error) {
	return []*x509.Certificate{s.certificate}, nil
}

func verify(ctx context.Context, dir, reference string) error {
	text, err := os.ReadFile(filepath.Join(dir, "cert.pem"))
	if err != nil {
		return err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return fmt.Errorf("%s/cert.pem holds no PEM block", dir)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	policy := trustpolicy.Document{Version: "1.0", TrustPolicies: []trustpolicy.TrustPolicy{{
		Name:                  "test",
		RegistryScopes:        []string{"*"},
		SignatureVerification: trustpolicy.SignatureVerification{VerificationLevel: trustpolicy.LevelStrict.Name},
		TrustStores:           []string{"ca:test"},
		TrustedIdentities:     []string{"*"},
	}}}
	by, err := verifier.New(&policy, oneCertificate{certificate}, nil)
	if err != nil {
		return err
	}
	repo, err := repository(reference)
	if err != nil {
		return err
	}
	target, _, err := notation.Verify(ctx, by, repo, notation.VerifyOptions{ArtifactReference: reference, MaxSignatureAttempts: maxSignatures})
	if err != nil {
		return err
	}
	fmt.Println("verified", target.Digest)
	return nil
}
