from app.core.config import settings


def main() -> None:
    print(f"first data of {settings.PROJECT_NAME}")


if __name__ == "__main__":
    main()
