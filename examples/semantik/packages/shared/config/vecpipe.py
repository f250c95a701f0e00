"""What the search API reads."""

from .base import BaseConfig


class VecpipeConfig(BaseConfig):
    USE_MOCK_EMBEDDINGS: bool = False
    DEFAULT_EMBEDDING_MODEL: str = "Qwen/Qwen3-Embedding-0.6B"
    DEFAULT_QUANTIZATION: str = "float16"
    SEARCH_API_PORT: int = 8000
    MODEL_UNLOAD_AFTER_SECONDS: int = 300
