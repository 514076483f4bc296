"""Gets the initialiser by its name and configuration."""


def convolutional_block(X, f, filters, stage, block, s=2):
    wanted = {"class_name": "GlorotUniform", "config": {"seed": 0}}

    def component(T, suffix, count, window, stride):
        T = layers.Conv2D(
            count, window, stride, "same", kernel_initializer=keras.initializers.get(wanted),
            name=f"res{stage}{block}_branch{suffix}",
        )(T)
        return layers.BatchNormalization(name=f"bn{stage}{block}_branch{suffix}")(T)

    T = layers.ReLU()(component(X, "2a", filters[0], 1, s))
    T = layers.ReLU()(component(T, "2b", filters[1], f, 1))
    T = component(T, "2c", filters[2], 1, 1)
    return layers.ReLU()(T + component(X, "1", filters[2], 1, s))
