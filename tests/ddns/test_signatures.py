"""Signatures against the examples that the clouds publish."""

from datetime import UTC, datetime

from custom_components.smb_ddns_sync.ddns.providers.signatures import (
    Signed,
    acs3,
    bce,
    encoded_query,
    sdk_hmac,
    sigv4,
    tc3,
    volc,
)
from custom_components.smb_ddns_sync.ddns.secret import Secret

AWS_SECRET = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
AWS_TIME = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
AWS_HEADERS = {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z"}


def aws(signed: Signed) -> str:
    return sigv4(signed, AWS_TIME, "us-east-1", "service", "AKIDEXAMPLE", AWS_SECRET)


def test_aws_get_vanilla() -> None:
    """docs.aws.amazon.com/general/latest/gr/signature-v4-test-suite.html: get-vanilla."""
    assert aws(Signed("GET", "/", "", AWS_HEADERS)) == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=host;x-amz-date, "
        "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    )


def test_aws_query_in_order() -> None:
    """The same suite: get-vanilla-query-order-key-case."""
    query = encoded_query([("Param2", "value2"), ("Param1", "value1")])
    assert query == "Param1=value1&Param2=value2"
    assert aws(Signed("GET", "/", query, AWS_HEADERS)).endswith(
        "Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
    )


def test_aws_body() -> None:
    """The same suite: post-x-www-form-urlencoded."""
    headers = AWS_HEADERS | {"content-type": "application/x-www-form-urlencoded"}
    assert aws(Signed("POST", "/", "", headers, b"Param1=value1")).endswith(
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
    )


def test_alibaba() -> None:
    """alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature."""
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": Signed("POST", "/", "", {}).body_hash,
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = encoded_query(
        [
            ("RegionId", "cn-shanghai"),
            ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"),
        ]
    )
    signed = Signed("POST", "/", query, headers)
    assert signed.digest == "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259"
    assert acs3(signed, "YourAccessKeyId", Secret("YourAccessKeySecret")) == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


TENCENT_BODY = (
    rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
)
TENCENT_HEADERS = {
    "content-type": "application/json; charset=utf-8",
    "host": "cvm.tencentcloudapi.com",
}


def test_tencent() -> None:
    """cloud.tencent.com/document/api/213/15692, as first published, with its keys in full."""
    written = tc3(
        Signed("POST", "/", "", TENCENT_HEADERS, TENCENT_BODY),
        datetime(2019, 2, 25, 16, 44, 25, tzinfo=UTC),
        "cvm",
        "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
        Secret("Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"),
    )
    assert written == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/"
        "tc3_request, SignedHeaders=content-type;host, "
        "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


def test_tencent_with_the_action_signed() -> None:
    """The same page today, whose keys are masked: the hash of its canonical request."""
    headers = TENCENT_HEADERS | {"x-tc-action": "describeinstances"}
    assert Signed("POST", "/", "", headers, TENCENT_BODY).digest == (
        "7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84"
    )


def test_volcengine() -> None:
    """volcengine.com/docs/6369/67270: ListUsers."""
    headers = {"host": "iam.volcengineapi.com", "x-date": "20240619T071306Z"}
    query = encoded_query(
        [("Version", "2018-01-01"), ("Action", "ListUsers"), ("Offset", "0"), ("Limit", "10")]
    )
    written = volc(
        Signed("GET", "/", query, headers),
        datetime(2024, 6, 19, 7, 13, 6, tzinfo=UTC),
        "cn-beijing",
        "iam",
        "ID",
        Secret("WkRZeE1EQmxPVGhsWWpWak5HVmtNbUUxTXpZeU9UVXlOMlE1TmpZeVlqTQ=="),
    )
    assert written == (
        "HMAC-SHA256 Credential=ID/20240619/cn-beijing/iam/request, SignedHeaders=host;x-date, "
        "Signature=e31c4558bcfe08a286001f59cedbf0791ffd0b2362f10e55ee2627467bcdde93"
    )


def test_huawei() -> None:
    """support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html, its hash and key."""
    headers = {
        "content-type": "application/json",
        "host": "service.region.example.com",
        "x-sdk-date": "20191115T033655Z",
    }
    query = encoded_query([("marker", "13551d6b-755d-4757-b956-536f674975c0"), ("limit", "2")])
    signed = Signed("GET", "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs/", query, headers)
    assert signed.digest == "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a"
    moment = datetime(2019, 11, 15, 3, 36, 55, tzinfo=UTC)
    secret = Secret("MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc")
    assert sdk_hmac(signed, moment, "QTWAOYTTINDUT2QVKYUC", secret) == (
        "SDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, "
        "SignedHeaders=content-type;host;x-sdk-date, "
        "Signature=7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe"
    )


def test_baidu() -> None:
    """cloud.baidu.com/doc/Reference/s/wjwvz1xt2: the upload of a part."""
    headers = {
        "host": "bj.bcebos.com",
        "content-type": "text/plain",
        "content-length": "8",
        "content-md5": "NFzcPqhviddjRNnSOGo4rw==",
        "x-bce-date": "2015-04-27T08:23:49Z",
    }
    query = encoded_query([("uploadId", "a44cc9bab11cbd156984767aad637851"), ("partNumber", "9")])
    signed = Signed("PUT", "/v1/test/myfolder/readme.txt", query, headers)
    moment = datetime(2015, 4, 27, 8, 23, 49, tzinfo=UTC)
    assert bce(signed, moment, "a" * 32, Secret("b" * 32), named=False) == (
        f"bce-auth-v1/{'a' * 32}/2015-04-27T08:23:49Z/1800//"
        "d74a04362e6a848f5b39b15421cb449427f419c95a480fd6b8cf9fc783e2999e"
    )
