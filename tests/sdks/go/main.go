// Resolves credentials once, as every client of the SDK does, and prints whose they are. Nothing else is printed.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/aws/aws-sdk-go-v2/config"
)

const module = "github.com/aws/aws-sdk-go-v2/config"

func main() {
	answer := map[string]any{"sdk": "aws-sdk-go-v2/config " + version()}
	if id, err := resolve(context.Background()); err != nil {
		answer["error"] = fmt.Sprintf("%T", err)
	} else {
		answer["accessKeyId"] = id
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		os.Exit(1)
	}
}

func resolve(ctx context.Context) (string, error) {
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return "", err
	}
	credentials, err := settings.Credentials.Retrieve(ctx)
	return credentials.AccessKeyID, err
}

func version() string {
	build, _ := debug.ReadBuildInfo()
	for _, dependency := range build.Deps {
		if dependency.Path == module {
			return dependency.Version
		}
	}
	return "unknown"
}
