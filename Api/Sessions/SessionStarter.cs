using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Orleans;
using Squad.Api.Auth;
using Squad.Platform.Accounts;
using Squad.Api.Repositories;
using Squad.Repositories;
using Squad.Sessions;

namespace Squad.Api.Sessions;

/// <summary>Checks what a user asks for and starts the session. All that is wrong with a request is said at once.</summary>
public sealed class SessionStarter(IGrainFactory grains, RepositoryAccess repositories, IOptions<ProfileOptions> profiles)
{
    /// <summary>Crockford's base 32 in lower case: no letter that is read as a digit.</summary>
    private const string IdAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public async Task<Result<SessionInfo>> StartAsync(UserIdentity user, StartSessionRequest request, string? idempotencyKey)
    {
        var wrong = new List<FieldError>();
        var profile = ChooseProfile(request, wrong);
        SessionRules.Check(request, idempotencyKey, wrong);
        var repository = await FindRepositoryAsync(user, request, wrong);
        if (wrong.Count > 0)
            return SquadError.Invalid([.. wrong]);

        var command = request.Command ?? profile!.Command!;
        var id = idempotencyKey is null ? NewId() : IdOf(user, idempotencyKey);
        var start = new StartSession(
            user.Id, user.Username, repository!.FullName, TitleOf(request, command), request.Branch ?? repository.DefaultBranch, profile!.Name, command, profile.Mode,
            string.IsNullOrEmpty(request.Prompt) ? null : request.Prompt,
            request.Environment?.ToImmutableDictionary() ?? ImmutableDictionary<string, string>.Empty,
            string.IsNullOrWhiteSpace(request.Image) ? null : request.Image.Trim(),
            request.Limits is { } l ? new SessionLimits(l.MemoryBytes, l.Cpus, l.Pids) : null,
            idempotencyKey is null ? null : DigestOf(request, idempotencyKey));
        var started = await grains.GetGrain<ISessionGrain>(id).Start(start);
        if (idempotencyKey is not null && started.Error is { Code: "session.exists" })
            return SquadError.Conflict("idempotency.conflict", "This Idempotency-Key was used for another session. Use a new key for a new session.");
        return started;
    }

    private Profile? ChooseProfile(StartSessionRequest request, List<FieldError> wrong)
    {
        var known = profiles.Value.All;
        var name = request.Profile ?? "command";
        var profile = known.FirstOrDefault(p => p.Name == name);
        if (profile is null)
            wrong.Add(new FieldError("profile", "unknown", $"There is no profile '{name}'. Known are {string.Join(", ", known.Select(p => p.Name))}."));
        else if (string.IsNullOrWhiteSpace(request.Command) && profile.Command is null)
            wrong.Add(new FieldError("command", "required", $"The profile '{name}' needs a command, for example 'make test'."));
        return profile;
    }

    private async Task<RepositoryInfo?> FindRepositoryAsync(UserIdentity user, StartSessionRequest request, List<FieldError> wrong)
    {
        if (request.Repo?.Split('/') is not [var owner, var name])
        {
            wrong.Add(new FieldError("repo", "required", "The repository is needed, as 'owner/name'."));
            return null;
        }

        if (await repositories.FindAsync(user, owner, name, write: true) is not { } repository)
        {
            wrong.Add(new FieldError("repo", "notFound", $"There is no repository '{request.Repo}'."));
            return null;
        }

        if (repository.State != RepositoryPhase.Ready)
            wrong.Add(new FieldError("repo", "notReady", $"The repository '{request.Repo}' is still being imported, or its import failed."));
        else if (repository.Empty)
            wrong.Add(new FieldError("repo", "empty", $"The repository '{request.Repo}' is empty. Push a commit first."));
        else if (request.Branch is { } branch)
            await CheckBranchAsync(repository, branch, wrong);
        return repository;
    }

    private async Task CheckBranchAsync(RepositoryInfo repository, string branch, List<FieldError> wrong)
    {
        const int namedMax = 10;
        var branches = await grains.GetGrain<IRepositoryGrain>(repository.Id).Branches();
        if (!branches.IsOk || branches.Value.Any(b => b.Name == branch))
            return;
        var names = string.Join(", ", branches.Value.Take(namedMax).Select(b => b.Name)) + (branches.Value.Length > namedMax ? ", …" : "");
        wrong.Add(new FieldError("branch", "notFound", $"'{repository.FullName}' has no branch '{branch}'. It has {names}."));
    }

    private static string TitleOf(StartSessionRequest request, string command)
    {
        var text = new[] { request.Title, request.Prompt, command }.First(t => !string.IsNullOrWhiteSpace(t))!.Trim();
        var line = text.Split('\n', 2)[0].Trim();
        return line.Length <= 80 ? line : line[..79] + "…";
    }

    /// <summary>The same for the same request under the same key. Keyed, because the environment may hold secrets that a bare hash would let be guessed.</summary>
    private static string DigestOf(StartSessionRequest request, string key)
    {
        var ordered = request with { Environment = request.Environment?.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary() };
        return Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), JsonSerializer.SerializeToUtf8Bytes(ordered)));
    }

    private static string NewId() => RandomNumberGenerator.GetString(IdAlphabet, 12);

    /// <summary>The same key of the same user always names the same session, so a repeated call finds it.</summary>
    private static string IdOf(UserIdentity user, string key)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{user.Id}\n{key}"));
        return string.Create(16, hash, static (id, bytes) =>
        {
            for (var i = 0; i < id.Length; i++)
                id[i] = IdAlphabet[bytes[i] % IdAlphabet.Length];
        });
    }
}
