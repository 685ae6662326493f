namespace Squad.Platform.Git;

/// <summary>What can be refused about repositories on disk.</summary>
public static class GitErrors
{
    public static SquadError NotFound(RepositoryName name) => SquadError.NotFound("repo.notFound", $"There is no repository '{name}'.");

    public static SquadError Exists(RepositoryName name) => SquadError.Conflict("repo.exists", $"A repository '{name}' exists already.");

    public static SquadError BranchNotFound(string branch) => SquadError.NotFound("repo.branch", $"There is no branch '{branch}'.");

    public static SquadError ImportSource(string message) => SquadError.Invalid(new FieldError("importUrl", "source", message));

    public static SquadError ImportFailed(string message) => SquadError.Invalid(new FieldError("importUrl", "failed", message));

    public static SquadError ImportTooLarge(long bytes) => new(ErrorKind.TooLarge, "repo.tooLarge", $"The repository is larger than the {bytes} bytes that may be imported.");

    public static SquadError ImportTimeout(TimeSpan limit) => SquadError.Unavailable("repo.importTimeout", $"The import did not finish within {limit}.");

    public static SquadError Failed(string what, string message) => SquadError.Unavailable("git.failed", $"git could not {what}: {message}");
}
