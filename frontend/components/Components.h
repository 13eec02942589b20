//===-- Components.h - the tables of components ------------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tables that have only names and options, one file each. They are joined with
// the others in frontend/Tables.cpp. Both of Keras's spellings are accepted;
// the first is the one used here.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_COMPONENTS_COMPONENTS_H
#define MLC_FRONTEND_COMPONENTS_COMPONENTS_H

#include "frontend/Tables.h"

namespace mlc::frontend {

const std::vector<ActivationRule> &activationRules();
const std::vector<InitializerRule> &initializerRules();
const std::vector<ComponentRule> &regularizerRules();
const std::vector<ComponentRule> &optimizerRules();
const std::vector<ComponentRule> &scheduleRules();

} // namespace mlc::frontend

#endif // MLC_FRONTEND_COMPONENTS_COMPONENTS_H
