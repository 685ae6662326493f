using System.Text.Json.Serialization;
using Squad.Repositories;

namespace Squad.Grains.Repositories;

/// <summary>The persisted state of a repository grain; a row of the table <c>repositories</c>.</summary>
public sealed class RepositoryRecord
{
    public string Id { get; set; } = "";
    public string OwnerId { get; set; } = "";
    public string Owner { get; set; } = "";
    public string Name { get; set; } = "";
    public string? Description { get; set; }
    public bool Private { get; set; }
    public string DefaultBranch { get; set; } = "main";
    public bool Empty { get; set; } = true;
    public RepositoryPhase State { get; set; }
    public SquadError? Error { get; set; }

    /// <summary>Where the import under way comes from, so that a restart can begin it again; dropped when it has ended, since a URL may hold a password.</summary>
    public string? ProtectedImportUrl { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    [JsonIgnore]
    public bool Exists => Id.Length > 0;

    public RepositoryInfo ToInfo() => new(Id, OwnerId, Owner, Name, Description, Private, DefaultBranch, Empty, State, Error, CreatedAt);
}
