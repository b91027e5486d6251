#pragma once

#include "kit/base/codec/keyring.h"

namespace remit::codec {

/// A keyring in front of another one whose store fails in passing, for as many calls as the test says: as a file of keys
/// does whose disk gives an input or output error.
class FaultyKeyring final : public Keyring {
 public:
  explicit FaultyKeyring(Keyring& real) : real_(real) {}

  int failing_finds = 0;    ///< So many of the next calls that open something.
  int failing_ensures = 0;  ///< So many of the next calls that seal something.

  Result<Key> find(const TypeId& owner, std::uint32_t version) override {
    if (takes_one_of(failing_finds)) return failed();
    return real_.find(owner, version);
  }
  Result<Key> ensure(const TypeId& owner) override {
    if (takes_one_of(failing_ensures)) return failed();
    return real_.ensure(owner);
  }
  Result<Key> rotate(const TypeId& owner) override { return real_.rotate(owner); }
  Result<TypeId> make(std::string_view prefix, const TypeId& parent) override {
    return real_.make(prefix, parent);
  }
  Result<void> erase(const TypeId& owner) override { return real_.erase(owner); }

 private:
  static bool takes_one_of(int& failing) { return failing > 0 && failing-- > 0; }
  static std::unexpected<Error> failed() {
    return fail(ErrorCode::Unavailable, "keyring_failed", "The test breaks /keys/payers.db.");
  }

  Keyring& real_;
};

}  // namespace remit::codec
