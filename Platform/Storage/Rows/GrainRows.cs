namespace Squad.Platform.Storage.Rows;

/// <summary>A user, as its grain keeps it. <see cref="Data"/> is the grain's state as JSON.</summary>
public sealed class UserRow
{
    public required string Id { get; set; }

    /// <summary>Unique without regard to case.</summary>
    public required string Username { get; set; }

    public required DateTimeOffset CreatedAt { get; set; }

    public required string Data { get; set; }

    public required long Version { get; set; }
}

/// <summary>A repository, as its grain keeps it.</summary>
public sealed class RepositoryRow
{
    /// <summary><c>owner/name</c>.</summary>
    public required string Id { get; set; }

    public required string OwnerId { get; set; }

    public required string Owner { get; set; }

    public required string Name { get; set; }

    public required bool Private { get; set; }

    public required DateTimeOffset CreatedAt { get; set; }

    public required string Data { get; set; }

    public required long Version { get; set; }
}

/// <summary>A session, as its grain keeps it.</summary>
public sealed class SessionRow
{
    public required string Id { get; set; }

    public required string OwnerId { get; set; }

    public required string Owner { get; set; }

    public required string Repo { get; set; }

    /// <summary>camelCase, as the API names it.</summary>
    public required string State { get; set; }

    /// <summary>Where its sandbox is; null while it has none.</summary>
    public string? Node { get; set; }

    /// <summary>Number of the attempt that was placed last; 0 before the first.</summary>
    public long Attempt { get; set; }

    /// <summary>It has ended or is being deleted, and somebody must still see to it that the rest is done.</summary>
    public bool Owes { get; set; }

    public required DateTimeOffset CreatedAt { get; set; }

    public required string Data { get; set; }

    public required long Version { get; set; }
}

/// <summary>State that nobody queries, of any grain type.</summary>
public sealed class GrainStateRow
{
    public required string Type { get; set; }

    public required string Id { get; set; }

    public required string Data { get; set; }

    public required long Version { get; set; }
}
