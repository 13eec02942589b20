//===-- runtime/Error.cpp - what went wrong, and where --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Error.h"
#include "mlc/model.h"

#include <system_error>

namespace mlc::runtime {

std::string Error::text() const {
  std::string place = file.empty() ? "mlc" : file;
  if (!file.empty() && line > 0)
    place += ":" + std::to_string(line);
  if (!file.empty() && line > 0 && column > 0)
    place += ":" + std::to_string(column);
  std::string all = place + ": error: " + message;
  return excerpt.empty() ? all : all + "\n" + excerpt;
}

std::string listed(const std::vector<std::string> &items, size_t most) {
  std::string text;
  // One item more costs no more room than "and 1 more".
  size_t shown = items.size() <= most + 1 ? items.size() : most;
  for (size_t i = 0; i < shown; ++i)
    text += (i == 0 ? "" : ", ") + items[i];
  if (shown < items.size())
    text += " and " + std::to_string(items.size() - shown) + " more";
  return text;
}

Error systemError(std::string file, const std::string &what, int code) {
  return fileError(std::move(file), what, ": ",
                   std::generic_category().message(code));
}

Error statusError(const char *function, int64_t status) {
  if (mlc_status_code(status) == MLC_UNSUPPORTED)
    return makeError(
        function, " needs the processor's registers for matrices (AMX), which "
                  "the system doesn't let programs use: expected Linux 5.16 or "
                  "newer; otherwise compile with --cpu=cooperlake");
  return makeError(function, " failed with status ", status);
}

} // namespace mlc::runtime
