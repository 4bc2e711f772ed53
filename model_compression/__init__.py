"""How Vigil's students are made: data, teacher labels, training, compression. Needs the extra `train`."""
