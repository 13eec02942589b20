//===-- Frames.cpp - the objects of a model file and their keys -----------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Tables.h"

using namespace mlc::frontend;

/// In the order of enum Frame.
static std::vector<FrameRule> makeFrameRules() {
  return {
      {"a model",
       {{"$schema", "Where an editor finds the schema; ignored."},
        {"name", "The model's name, a C identifier: the prefix of the compiled "
                 "symbols. By default from the file's name."},
        {"inputs", "What the model is given.", true},
        {"layers",
         "What it computes. A layer without \"inputs\" follows the one before "
         "it.",
         true},
        {"outputs", "Layers whose results the model returns; by default the "
                    "last one. \"name:1\" is a layer's second result."},
        {"dtype_policy", "What layers multiply: float32, or bfloat16 while "
                         "they keep and add float32."},
        {"batch_size", "Rows of a call; may stand in \"training\" instead."},
        {"training", "How it is trained. A model without only predicts."},
        {"data", "Files of inputs and targets."}}},
      {"an input",
       {{"name", "Its name, unique among inputs and layers.", true},
        {"shape", "Sizes without the batch.", true},
        {"dtype", "Type of its elements."}}},
      {"a layer",
       {{"type", "What kind of layer.", true},
        {"name", "Its name, unique among inputs and layers. By default from "
                 "its type: dense, dense_1, ..."},
        {"inputs", "Names of the inputs or layers that it takes; by default "
                   "the layer before it. \"name:1\" is a layer's second "
                   "result."},
        {"trainable", "Whether training changes its weights."},
        {"dtype", "Its own \"dtype_policy\"; by default the model's."}}},
      {"a layer called again",
       {{"shared",
         "Name of the layer above that is called again, with the same "
         "weights.",
         true},
        {"name", "The name of this call's result. By default the layer's, "
                 "numbered."},
        {"inputs", "Names of the inputs or layers that it takes; by default "
                   "the layer before it."}}},
      {"a model as a layer",
       {{"type", "\"Model\"", true},
        {"name", "Its name, which begins the names of its layers: "
                 "\"encoder\" makes \"encoder/dense\". By default model, "
                 "model_1, ..."},
        {"inputs", "Names of the inputs or layers that it takes; by default "
                   "the layer before it."},
        {"arguments", "What its layers call these inputs; by default by the "
                      "same names."},
        {"layers", "What it computes, as in a model.", true},
        {"outputs", "Those of its layers whose results it has; by default the "
                    "last one."},
        {"trainable", "Whether training changes the weights of its layers."}}},
      {"a metric",
       {{"name", "What it is reported as; by default as it is written here."}}},
      {"\"training\"",
       {{"loss",
         "What to minimize: one loss, or an object with one for each "
         "output by name.",
         true},
        {"loss_weights", "Factors of the losses by output name."},
        {"optimizer", "How weights follow from gradients.", true},
        {"metrics", "What else to report: a list, or an object with a list "
                    "for each output by name."},
        {"weighted_metrics",
         "Likewise; class and sample weights count in these."},
        {"class_weight",
         "While training, the weight of each class by its number; of those "
         "that are not named, 1. With several losses, an object of these for "
         "each output by name."},
        {"sample_weights",
         "Whether each row comes with a weight for each output. Data that "
         "name \"sample_weights\" imply it."},
        {"batch_size", "Rows of a step."},
        {"epochs", "Passes over the training data."},
        {"seed", "Of initial weights, dropout and shuffling."}}},
      {"\"data\"",
       {{"train", "To train with."},
        {"validation", "To evaluate after each epoch."},
        {"test", "To evaluate the trained model."},
        {"vocabulary",
         "A JSON file with a list of the texts that ids stand for, the first "
         "of id 0: what to read and write where mlc generates. Relative paths "
         "start at the model's directory."}}},
      {"a split of the data",
       {{"inputs",
         "A file, or an object with one for each input by name. Relative paths "
         "start at the model's directory.",
         true},
        {"targets", "A file, or an object with one for each output by name."},
        {"sample_weights",
         "Weights of the rows, or of each step of a row's sequence: a file, or "
         "an object with one for some outputs by name."}}},
      {"a source of data",
       {{"file", "An IDX, npy, npz or CSV file, or a sound.", true},
        {"key", "The array within an npz file; also \"file.npz:key\"."},
        {"columns", "Names of the columns of a CSV file; by default all."}}},
  };
}

const FrameRule &mlc::frontend::frameRule(Frame frame) {
  static const std::vector<FrameRule> rules = makeFrameRules();
  return rules[size_t(frame)];
}
