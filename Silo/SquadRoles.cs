namespace Squad.Silo;

/// <summary>
/// What this process does, by <c>Squad:Roles</c>: <c>silo</c> runs the grains, the node and the gateway, <c>api</c> serves HTTP and calls the grains of the silo that has the
/// same data directory. Default: both, in one process.
/// </summary>
internal sealed record SquadRoles(bool Api, bool Silo)
{
    public const string Key = "Squad:Roles";

    /// <exception cref="StartRefusedException">The setting names a role that there is not, or none.</exception>
    public static SquadRoles Of(IConfiguration configuration)
    {
        var text = configuration[Key] ?? "api,silo";
        var names = text.ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var roles = new SquadRoles(names.Contains("api"), names.Contains("silo"));
        return names.Length > 0 && names.All(name => name is "api" or "silo")
            ? roles
            : throw new StartRefusedException($"{Key} is '{text}'; it must be 'api', 'silo' or 'api,silo'.");
    }
}
