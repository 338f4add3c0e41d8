package dev.microtome.models.chat;

/// No value: `none`, JSON's null.
enum None {
  NONE
}
