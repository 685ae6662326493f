using System.Text.Json.Serialization;

namespace Squad.Grains.Users;

/// <summary>The persisted state of a user grain; a row of the table <c>users</c>.</summary>
public sealed class UserRecord
{
    public string Id { get; set; } = "";
    public string Username { get; set; } = "";
    public List<string> Roles { get; set; } = [];
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Sessions that hold a place of the quota.</summary>
    public HashSet<string> LiveSessions { get; set; } = [];

    /// <summary>When those were admitted last; one from before this was written down has no entry.</summary>
    public Dictionary<string, DateTimeOffset> AdmittedAt { get; set; } = [];

    [JsonIgnore]
    public bool Exists => Id.Length > 0;
}
