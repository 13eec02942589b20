//===-- OutputScope.h - the outputs that a key is about ----------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_OUTPUTSCOPE_H
#define MLC_FRONTEND_OUTPUTSCOPE_H

#include "frontend/JsonTree.h"
#include "frontend/Model.h"

namespace mlc::frontend {

/// The outputs of a model, while "training" and "data" are read. Where they
/// are not known, because there were errors before, one stands in for them:
/// what is read is still checked.
class OutputScope {
public:
  OutputScope(Model &model, bool areKnown, Diagnostics &diagnostics)
      : model(model), areKnown(areKnown), diagnostics(diagnostics) {}

  /// The output that a key names, or null after an error. `what` is what there
  /// would be for it: "a loss".
  Output *find(const JsonMember &member, const std::string &what);
  /// The same, if it has a loss. `why` ends the sentence where it has none.
  Output *findWithLoss(const JsonMember &member, const std::string &what,
                       const std::string &why);

  /// Calls read(output) for each output (with a loss, where asked for), until
  /// there is an error: it would be the same for each.
  template <typename Read> void forEach(bool withLoss, Read read) {
    if (!areKnown)
      return read(unknown);
    for (Output &output : model.outputs) {
      unsigned before = diagnostics.errorCount();
      if (output.loss || !withLoss)
        read(output);
      if (diagnostics.errorCount() != before)
        return;
    }
  }

  /// Is its type known? Its layer may have had errors.
  bool hasType(const Output &output) const;
  bool hasSeveral() const { return model.outputs.size() > 1; }
  size_t countLosses() const;

private:
  Model &model;
  bool areKnown;
  Diagnostics &diagnostics;
  Output unknown;
};

/// Is the loss along the last axis, so that each of its values is that of a
/// label or a vector of the target?
bool isLossAlongLastAxis(const Output &output);

/// `output "y" of shape (batch, 3)`.
std::string describeOutput(const Output &output);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_OUTPUTSCOPE_H
