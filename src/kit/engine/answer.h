#pragma once

#include "kit/base/bytes.h"
#include "kit/base/result.h"
#include "kit/journal/journal.h"

namespace remit::engine {

/// What a receipt keeps of an answer: the body of a success, or a business refusal.
Bytes encode_answer(const Result<Bytes>& answer);
/// The outer Result tells a receipt that cannot be read (Corrupt) from the answer in it.
Result<Result<Bytes>> decode_answer(ByteView stored);

/// True for a refusal that the rules decided, so that the same request will hear it again under its key. False for errors of
/// the machinery, which leave no receipt: the same request may succeed later.
bool is_business_refusal(ErrorCode code);

}  // namespace remit::engine
