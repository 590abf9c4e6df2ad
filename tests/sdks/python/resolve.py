"""Resolves credentials once, as every boto3 client does, and prints whose they are. Nothing else is printed."""

import json

import boto3


def main():
    try:
        credentials = boto3.Session().get_credentials()
        answer = {"accessKeyId": credentials.get_frozen_credentials().access_key if credentials else None}
    except Exception as error:  # each kind of failure is an answer
        answer = {"error": type(error).__name__}
    print(json.dumps({"sdk": f"boto3 {boto3.__version__}", **answer}))


main()
