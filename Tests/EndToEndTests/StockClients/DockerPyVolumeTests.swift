import TestSupport
import Testing

/// docker-py's documented calls about volumes, and mounts as its users write them.
@Suite(
    .daemon(with: .busybox, .data), .inTime, .serialized, .requiresRoot(to: "run containers"),
    .requiresDockerPy)
struct DockerPyVolumeTests {
    let daemon: TestDaemon
    let python: DockerPy

    init() throws {
        daemon = try .shared
        python = DockerPy(daemon: daemon)
    }

    @Test func `created, inspected and listed volumes are equal`() async throws {
        let name = daemon.fresh()
        try await python(
            """
            made = client.volumes.create('\(name)', labels={'a': 'b'})
            got = client.volumes.get('\(name)')
            listed = [v for v in client.volumes.list() if v.name == '\(name)']
            assert made == got == listed[0] and len(listed) == 1
            # Only inspect says how the volume is, under Status.
            def said(v): return {k: x for k, x in v.attrs.items() if k != 'Status'}
            assert said(made) == said(got) == said(listed[0]), (made.attrs, got.attrs)
            assert got.id == got.short_id == '\(name)' and got.attrs['Labels'] == {'a': 'b'}
            got.reload()
            got.remove()
            """)
    }

    @Test func `a volume without options says so in the same way everywhere`() async throws {
        try await python(
            """
            made = client.volumes.create()
            assert len(made.name) == 64
            got = client.volumes.get(made.name)
            got.attrs.pop('Status', None)
            assert made.attrs == got.attrs
            assert got.attrs['Options'] is None and got.attrs['Scope'] == 'local'
            made.remove(force=True)
            """)
    }

    @Test func `driver options reach the driver, and what it refuses is an APIError`() async throws
    {
        let name = daemon.fresh()
        try await python(
            """
            v = client.volumes.create('\(name)', driver='tmpfs', driver_opts={'size': '1m'})
            assert v.attrs['Options'] == {'size': '1m'} and v.attrs['Driver'] == 'tmpfs'
            for words, status in [
                (dict(name='x' * 256), 400), (dict(name='\(daemon.fresh())', driver='nonesuch'), 404),
                (dict(name='\(daemon.fresh())', driver_opts={'colour': 'red'}), 400),
                (dict(name='\(name)', driver='local'), 409),
            ]:
                try:
                    client.volumes.create(**words)
                    assert False, words
                except docker.errors.APIError as e:
                    assert e.response.status_code == status, (words, e)
            v.remove()
            """)
    }

    @Test func `lists are filtered`() async throws {
        let (one, two) = (daemon.fresh("one"), daemon.fresh("two"))
        try await python(
            """
            client.volumes.create('\(one)', labels={'team': 'blue'})
            client.volumes.create('\(two)', driver='tmpfs')
            def names(**f):
                found = {v.name for v in client.volumes.list(filters=f)}
                return found & {'\(one)', '\(two)'}
            assert names(label='team=blue') == {'\(one)'}
            assert names(label='team') == {'\(one)'}
            assert names(driver='tmpfs') == {'\(two)'}
            assert names(name='\(one)') == {'\(one)'}
            assert names(dangling=True) == {'\(one)', '\(two)'}
            for n in ['\(one)', '\(two)']: client.volumes.get(n).remove()
            """)
    }

    @Test func `what is not there is NotFound, and what is in use stays`() async throws {
        let name = daemon.fresh()
        try await python(
            """
            try:
                client.volumes.get('nonesuch'); assert False
            except docker.errors.NotFound: pass
            v = client.volumes.create('\(name)')
            c = client.containers.create('busybox', 'true', volumes={'\(name)': {'bind': '/m'}})
            try:
                v.remove(force=True); assert False
            except docker.errors.APIError as e:
                assert e.response.status_code == 409 and c.id in str(e), e
            c.remove()
            v.remove()
            """)
    }

    @Test func `prune takes anonymous volumes, and all when asked or by older rules`() async throws
    {
        let name = daemon.fresh()
        try await python(
            """
            client.volumes.create('\(name)')
            anonymous = client.volumes.create().name
            gone = client.volumes.prune()
            assert anonymous in gone['VolumesDeleted'] and '\(name)' not in gone['VolumesDeleted']
            assert gone['SpaceReclaimed'] >= 0
            gone = client.volumes.prune(filters={'all': True})
            assert '\(name)' in gone['VolumesDeleted']
            """)
        let old = daemon.fresh()
        try await python(
            """
            client.volumes.create('\(old)')
            assert '\(old)' in client.volumes.prune()['VolumesDeleted']
            """, version: "1.41")
    }

    @Test func `mounts of every type are made as docker-py writes them`() async throws {
        let name = daemon.fresh()
        let host = daemon.root + "/" + daemon.fresh("host")
        try await Program.shell(#"mkdir "$1"; echo host > "$1/f""#, host)
        try await python(
            """
            M = docker.types.Mount
            out = client.containers.run('busybox', ['sh', '-c',
                'cat /b/f; echo v > /v/f; stat -c %a /t; grep " /t " /proc/mounts; touch /z/f || echo refused'],
                remove=True, network_mode='none', stderr=True, mounts=[
                    M('/b', '\(host)', type='bind', read_only=True, propagation='rslave'),
                    M('/v', '\(name)', labels={'x': 'y'}, driver_config=docker.types.DriverConfig('local')),
                    M('/t', None, type='tmpfs', tmpfs_size='1m', tmpfs_mode=0o1770),
                    M('/z', '\(name)', read_only=True, no_copy=True)]).decode()
            assert 'host' in out and '1770' in out and 'size=1024k' in out and 'refused' in out, out
            assert client.volumes.get('\(name)').attrs['Labels'] == {'x': 'y'}
            out = client.containers.run('busybox', 'cat /m/f', remove=True, network_mode='none',
                volumes=['\(name):/m:ro'], tmpfs={'/tmpfs': 'size=1m'})
            assert out == b'v\\n', out
            """)
    }

    @Test func `files go in and out as archives`() async throws {
        try await python(
            """
            import tarfile
            c = client.containers.create('data', 'true', network_mode='none')
            bits, stat = c.get_archive('/data/file')
            assert stat['name'] == 'file' and stat['size'] == 15, stat
            got = tarfile.open(fileobj=io.BytesIO(b''.join(bits)))
            assert got.extractfile('file').read() == b'from the image\\n'
            packed = io.BytesIO()
            with tarfile.open(fileobj=packed, mode='w') as t:
                info = tarfile.TarInfo('sub/new'); info.size = 3
                t.addfile(info, io.BytesIO(b'new'))
            assert c.put_archive('/data', packed.getvalue())
            bits, _ = c.get_archive('/data/sub')
            got = tarfile.open(fileobj=io.BytesIO(b''.join(bits)))
            assert got.extractfile('sub/new').read() == b'new'
            try:
                c.get_archive('/nonesuch'); assert False
            except docker.errors.NotFound: pass
            c.remove()
            """)
    }
}
