#pragma once

#include "kit/base/codec/sealed.h"
#include "kit/flow/effect.h"

#include <string_view>

namespace remit::payers {

/// payer.erased -> the payer's key is destroyed. That may be done again at any later time, and needs nothing but the event:
/// an erasure once journalled is carried out, whatever ended in between.
class ErasePayers final : public flow::Effect {
 public:
  static constexpr std::string_view kName = "erase_payers";
  /// `sealer` must outlive it.
  explicit ErasePayers(codec::Sealer& sealer) : sealer_(sealer) {}
  bool wants(std::string_view type) const override;
  void start(const flow::Record& record, std::uint32_t attempts, Callback done) override;

 private:
  codec::Sealer& sealer_;
};

}  // namespace remit::payers
