using NSubstitute;
using Orleans;
using Squad.Api.Live;
using Squad.Api.Repositories;
using Squad.Platform.Accounts;
using Squad.Repositories;
using Squad.Sessions;

namespace Squad.Api.Tests;

/// <summary>Whose things are whose: what belongs to somebody else does not exist for a user.</summary>
public sealed class AccessTests
{
    private static readonly UserIdentity Ann = new("u-ann", "ann", []);
    private static readonly UserIdentity Bob = new("u-bob", "bob", []);
    private static readonly UserIdentity Root = new("u-root", "root", [UserIdentity.Admin]);

    private readonly IGrainFactory grains = Substitute.For<IGrainFactory>();

    public AccessTests()
    {
        var session = Substitute.For<ISessionGrain>();
        session.Get().Returns(new SessionInfo(
            "s1", "Title", "ann/demo", "main", "squad/s1", SessionState.Running, null, Ann.Id, Ann.Username, "local", null, "command", "true", EngineMode.Pipe,
            DateTimeOffset.UnixEpoch, null, null, null, 1, DiffStat.None));
        grains.GetGrain<ISessionGrain>("s1").Returns(session);
        Repository("ann/secret", isPrivate: true);
        Repository("ann/open", isPrivate: false);
        var nothing = Substitute.For<IRepositoryGrain>();
        nothing.Get().Returns((RepositoryInfo?)null);
        grains.GetGrain<IRepositoryGrain>("ann/nothing").Returns(nothing);
    }

    [Fact]
    public async Task A_session_is_there_for_its_owner_and_administrators_alone()
    {
        var access = new StreamAccess(grains);
        Assert.True((await access.SessionAsync(Ann, "s1")).IsOk);
        Assert.True((await access.SessionAsync(Root, "s1")).IsOk);
        var refused = await access.SessionAsync(Bob, "s1");
        Assert.Equal((ErrorKind.NotFound, "session.notFound"), (refused.Error!.Kind, refused.Error.Code));
        Assert.Equal((ErrorKind.NotFound, "session.notFound"), ((await access.StreamAsync(Bob, "session/s1")).Error!.Kind, (await access.StreamAsync(Bob, "session/s1")).Error!.Code));
    }

    [Theory, InlineData(""), InlineData("a/b"), InlineData("../s1"), InlineData("a b"), InlineData("s1\0"), InlineData("é")]
    public async Task What_cannot_be_an_id_brings_no_grain_into_being(string id)
    {
        Assert.Equal("session.notFound", (await new StreamAccess(grains).SessionAsync(Root, id)).Error!.Code);
        grains.DidNotReceive().GetGrain<ISessionGrain>(id);
    }

    [Fact]
    public async Task A_board_is_its_users_and_not_even_an_administrators()
    {
        var access = new StreamAccess(grains);
        Assert.True((await access.StreamAsync(Ann, "sessions/u-ann")).IsOk);
        foreach (var (user, stream) in ((UserIdentity, string)[])[(Bob, "sessions/u-ann"), (Root, "sessions/u-ann"), (Ann, "sessions"), (Ann, "sessions/"), (Ann, "users/u-ann")])
            Assert.Equal("stream.notFound", (await access.StreamAsync(user, stream)).Error!.Code);
    }

    [Theory]
    [InlineData("secret", false, true, true, null), InlineData("secret", true, true, true, null), InlineData("open", false, true, true, null), InlineData("open", true, true, true, null)]
    [InlineData("secret", false, false, false, "repo.notFound"), InlineData("secret", true, false, false, "repo.notFound"), InlineData("open", false, false, true, null), InlineData("open", true, false, false, "repo.forbidden")]
    [InlineData("nothing", false, true, false, "repo.notFound"), InlineData("nothing", true, false, false, "repo.notFound"), InlineData("..", false, true, false, "repo.notFound")]
    public async Task A_private_repository_is_its_owners_and_an_open_one_is_read_by_all(string name, bool write, bool asOwner, bool allowed, string? code)
    {
        var access = new RepositoryAccess(grains);
        var user = asOwner ? Ann : Bob;
        Assert.Equal(allowed, await access.FindAsync(user, "ann", name, write) is not null);
        Assert.Equal(code, (await access.ResolveAsync(user, "ann", name, write)).Error?.Code);
    }

    [Fact]
    public async Task An_administrator_reads_and_writes_every_repository()
    {
        var access = new RepositoryAccess(grains);
        Assert.NotNull(await access.FindAsync(Root, "ANN", "Secret", write: true));
        Assert.Equal("ann/secret", (await access.ResolveAsync(Root, "ann", "secret", write: true)).Value!.Key);
    }

    private void Repository(string key, bool isPrivate)
    {
        var parts = key.Split('/');
        var grain = Substitute.For<IRepositoryGrain>();
        grain.Get().Returns(new RepositoryInfo(key, Ann.Id, parts[0], parts[1], null, isPrivate, "main", false, RepositoryPhase.Ready, null, DateTimeOffset.UnixEpoch));
        grains.GetGrain<IRepositoryGrain>(key).Returns(grain);
    }
}
