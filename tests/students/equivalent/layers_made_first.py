"""Makes all layers, the last first, and calls them afterwards."""


def convolutional_block(X, f, filters, stage, block, s=2):
    made = {}
    for suffix, count, window, stride in (
        ("1", filters[2], 1, s),
        ("2c", filters[2], 1, 1),
        ("2b", filters[1], f, 1),
        ("2a", filters[0], 1, s),
    ):
        made["bn", suffix] = layers.BatchNormalization(
            axis=3, name=f"bn{stage}{block}_branch{suffix}"
        )
        made["res", suffix] = layers.Conv2D(
            count, window, stride, "same", kernel_initializer=glorot_uniform(seed=0),
            name=f"res{stage}{block}_branch{suffix}",
        )
    T = layers.ReLU()(made["bn", "2a"](made["res", "2a"](X)))
    T = layers.ReLU()(made["bn", "2b"](made["res", "2b"](T)))
    T = made["bn", "2c"](made["res", "2c"](T))
    return layers.ReLU()(layers.Add()([T, made["bn", "1"](made["res", "1"](X))]))
