#include "kit/base/check.h"
#include "kit/net/jose/jws.h"

/// A stranger's tokens and key sets: read or refused. The corpus has tokens that the key below did sign, so that a change in
/// any place of them is tried behind the signature as well; none but those may verify.
namespace remit::jose {
namespace {

/// The private half was thrown away.
constexpr std::string_view kKeys =
    R"({"keys":[{"kty":"EC","use":"sig","alg":"ES256","kid":"fuzz","crv":"P-256",)"
    R"("x":"fhAkMVBAZt_OLSJIpjCwpnzwLuVbpByOiJqr0eD7DdI","y":"Ax20ZMLpdAU1r7svuxXViNViKiNepBoKNTm4RUDG_MQ"}]})";
constexpr std::string_view kSignedPayload = R"({"iss":"bank","aud":"us"})";
constexpr std::string_view kSignedDetached = R"({"Data":{"Status":"RCVD"}})";

const KeySet& keys() {
  static const KeySet set = *KeySet::parse(kKeys);
  return set;
}

}  // namespace
}  // namespace remit::jose

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remit;
  using namespace remit::jose;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  const auto compact = verify_compact(text, keys());
  CHECK(!compact || compact->payload == kSignedPayload, "a forged payload: {}", compact->payload);
  const auto detached = verify_detached(text, kSignedDetached, keys(), {"b64"});
  CHECK(!detached || detached->payload == kSignedDetached, "another payload");
  const auto other = verify_detached(text, "{}", keys(), {"b64"});
  CHECK(!other, "a signature over another payload");
  if (const std::string id = unverified_key_id(text); !id.empty()) {
    CHECK(size <= kJwsBytesMax, "{} bytes looked at", size);
  }
  if (const auto set = KeySet::parse(text)) {
    CHECK(set->size() <= kKeysMax, "{} keys", set->size());
  }
  return 0;
}
